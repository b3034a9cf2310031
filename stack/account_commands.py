"""What the verbs ``user`` and ``mail`` do."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from handlers.contract.erasure import Erasure
from stack import printing
from stack.commands import OK, say
from stack.context import Context
from stack.failures import StackError, explain
from stack.local.mail import outbox
from stack.target import TargetKind
from stack.users import Users, new_password


def user_list(context: Context) -> int:
    """Print everybody."""
    users = list(_users(context, context.documented()).all())
    if context.options.json:
        print(json.dumps([asdict(user) for user in users], indent=2))
    else:
        print(printing.table((user.email, f"{user.sub}  {user.status}  since {user.created}") for user in users))
    return OK


def user_add(context: Context) -> int:
    """Make a user, and print the password; one who is there already keeps theirs."""
    email, password = context.options.email, context.options.password or new_password()
    users = _users(context, context.documented())
    if known := users.find(email):
        say(f"{known.email} is there already, as {known.status}; the password stays as it is")
    user = users.ensure(email, password)
    told = None if known else password
    if context.options.json:
        print(json.dumps({"email": user.email, "sub": user.sub, "password": told}, indent=2))
    else:
        rows = [("E-mail", user.email), ("Sub", user.sub), *([("Password", told)] if told else [])]
        print(printing.table(rows))
    return OK


def user_delete(context: Context) -> int:
    """Have an account erased, by the same function as when its user closes it."""
    options, document = context.options, context.documented()
    if context.target.kind is TargetKind.AWS and options.confirm != options.email:
        raise StackError(f"this erases the account of {options.email} for good: say --confirm {options.email}")
    user = _users(context, document).find(options.email)
    if user is None:
        say(f"nobody signs in as {options.email}: nothing to delete")
        return OK
    with explain(f"asking for the account of {user.email} to be erased"):
        context.target.client("sqs").send_message(
            QueueUrl=document["queues"]["erasures"], MessageBody=Erasure(sub=user.sub).model_dump_json()
        )
    say(f"the account of {user.email} is being closed and erased, until nothing is left of it")
    return OK


def user_token(context: Context) -> int:
    """Print an ID token, and nothing else, so that ``$(stack user token …)`` is one."""
    options, document = context.options, context.documented()
    if context.target.kind is TargetKind.AWS:
        raise StackError(
            "on aws a password travels by SRP only, and this command sends it in clear: log in with an SRP client"
        )
    password = options.password or _demo_password(document, options.email)
    tokens = _users(context, document).log_in(document["user_pool_client_id"], options.email, password, options.code)
    print(json.dumps(asdict(tokens), indent=2) if options.json else tokens.id_token)
    return OK


def mail(context: Context) -> int:
    """Print what the local target would have mailed, oldest first."""
    options, target = context.options, context.target
    if target.kind is not TargetKind.LOCAL or not target.endpoint_url:
        raise StackError(f"only the target local keeps the mail it would have sent; {target.kind} sends or drops it")
    wanted = options.email and options.email.lower()
    mails = [each for each in outbox(target.endpoint_url) if wanted in {None, *each.to.lower().split(", ")}]
    if options.json:
        print(json.dumps([asdict(each) for each in mails], indent=2))
    for each in () if options.json else mails:
        print(f"{each.sent}  {each.to}\n  {each.subject}: {each.text}")
    if not mails:
        say("no mail")
    return OK


def _users(context: Context, document: dict[str, Any]) -> Users:
    return Users(context.target.client("cognito-idp"), document["user_pool_id"])


def _demo_password(document: dict[str, Any], email: str) -> str:
    if (demo := document["demo"]) and demo["email"] == email.lower():
        return str(demo["password"])
    raise StackError(f"nobody knows the password of {email} but {email}: say --password (or STACK_PASSWORD)")
