"""What the verbs ``user`` and ``mail`` do."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

from handlers.contract.erasure import Erasure
from stack.cli import printing
from stack.cli.context import OK, Context
from stack.cli.printing import say
from stack.errors import StackError, explain
from stack.local.mail import outbox
from stack.target.target_kind import TargetKind
from stack.users import Users, new_password

SUB = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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
    """Have an account erased, by the same function as when its user closes it.

    Whoever deletes their login at Cognito itself leaves the rest behind; of them only the ``sub`` is known.
    """
    options, document, whose = context.options, context.documented(), context.options.email
    if context.target.kind is TargetKind.AWS and options.confirm != whose:
        raise StackError(f"this erases the account of {whose} for good: say --confirm {whose}")
    user = _users(context, document).find(whose)
    if user is None and not SUB.fullmatch(whose):
        say(f"nobody signs in as {whose}: nothing to delete")
        return OK
    message = Erasure(sub=user.sub if user else whose)
    with explain(f"asking for the account of {whose} to be erased"):
        context.target.client("sqs").send_message(
            QueueUrl=document["queues"]["erasures"], MessageBody=message.model_dump_json()
        )
    say(f"the account of {whose} is being closed and erased, until nothing is left of it")
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
