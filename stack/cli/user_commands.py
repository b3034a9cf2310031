"""The verbs ``user`` and ``mail``."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from stack.cli.codes import OK
from stack.cli.context import Context
from stack.cli.printing import say, table
from stack.cli.screen import show_table
from stack.errors import StackError, explain
from stack.target.target_kind import TargetKind
from stack.users import Added, User, Users, new_password

if TYPE_CHECKING:
    from stack.local.mail import Mail

SUB = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def user_list(context: Context) -> int:
    """Print all users."""
    users = list(_users(context, context.document("user_pool_id")).all())
    if context.options.json:
        print(json.dumps([asdict(user) for user in users], indent=2))
    elif users:
        show_table(
            ((user.email, user.sub, user.status, user.created[:10]) for user in users),
            columns=("e-mail", "sub", "status", "since"),
        )
    else:
        say("no users")
    return OK


def user_add(context: Context) -> int:
    """Make a user who can sign in, and print the password. An own password of an existing user is kept.

    An own password of somebody who cannot sign in with it, as before the sign-up is confirmed, is replaced only by
    an explicit ``--password``: it may be another person's sign-up with this address.
    """
    given = context.options.password
    password = given or new_password()
    user, added = _users(context, context.document("user_pool_id")).add(_email(context), password, replace=bool(given))
    if added is not Added.MADE:
        say(_explained(user, added))
    shown = None if added is Added.UNCHANGED else password
    if context.options.json:
        print(json.dumps({"email": user.email, "sub": user.sub, "password": shown}, indent=2))
    else:
        rows = [("E-mail", user.email), ("Sub", user.sub), *([("Password", shown)] if shown else [])]
        print(table(rows))
    return OK


def user_delete(context: Context) -> int:
    """Have an account erased, by the same function as when its user closes it.

    A user who was deleted in Cognito leaves data behind, and is known only by the ``sub``.
    """
    options, email = context.options, _email(context)
    if context.target.kind is TargetKind.AWS and options.confirm != email:
        raise StackError(f"Cannot erase the account of {email}: it was not confirmed. Pass --confirm {email}.")
    document = context.document("user_pool_id", "queues")
    user = _users(context, document).find(email)
    if user is None and not SUB.fullmatch(email):
        say(f"no user {email}; nothing to delete")
        return OK
    _ask_for_erasure(context, document["queues"]["erasures"], user.sub if user else email)
    say(f"closing the account of {email}; it is erased in the background")
    return OK


def user_token(context: Context) -> int:
    """Print an ID token and nothing else, so that ``$(stack user token …)`` is the token."""
    options, email = context.options, _email(context)
    if context.target.kind is TargetKind.AWS:
        raise StackError(
            "Cannot sign in on aws: there the user pool takes SRP only, and this command sends the password itself. "
            "Use an SRP client."
        )
    document = context.document("user_pool_id", "user_pool_client_id")
    password = options.password or _demo_password(document, email)
    tokens = _users(context, document).log_in(document["user_pool_client_id"], email, password, options.code)
    print(json.dumps(asdict(tokens), indent=2) if options.json else tokens.id_token)
    return OK


def mail(context: Context) -> int:
    """Print the messages of the local user pool, oldest first."""
    from stack.local.mail import outbox

    options, target = context.options, context.target
    if target.kind is not TargetKind.LOCAL or not target.endpoint_url:
        raise StackError(f"Cannot show the mail of the target {target.kind}: only the target local keeps it.")
    wanted = options.email and options.email.lower()
    mails = [each for each in outbox(target.endpoint_url) if wanted in {None, *each.to.lower().split(", ")}]
    if options.json:
        print(json.dumps([asdict(each) for each in mails], indent=2))
    elif mails:
        print("\n".join(map(_shown, mails)))
    else:
        say("no mail")
    return OK


def _email(context: Context) -> str:
    assert context.options.email
    return context.options.email


def _users(context: Context, document: dict[str, Any]) -> Users:
    return Users(context.target.client("cognito-idp"), document["user_pool_id"])


def _explained(user: User, added: Added) -> str:
    if added is Added.UNCHANGED:
        disabled = "" if user.enabled else ", but is disabled"
        return f"nothing changed: {user.email} exists and has an own password, which stays as it is{disabled}"
    if added is Added.REPLACED:
        return f"{user.email} had signed up without confirming: the password was replaced and the user confirmed"
    return f"{user.email} existed without an own password: this one was set"


def _ask_for_erasure(context: Context, queue: str, sub: str) -> None:
    from handlers.contract.erasure import Erasure

    with explain(f"Cannot ask for the erasure of {sub}"):
        context.target.client("sqs").send_message(QueueUrl=queue, MessageBody=Erasure(sub=sub).model_dump_json())


def _demo_password(document: dict[str, Any], email: str) -> str:
    if (demo := document["demo"]) and demo["email"] == email.lower():
        return str(demo["password"])
    raise StackError(f"No password for {email}: pass --password or set STACK_PASSWORD.")


def _shown(message: Mail) -> str:
    return f"{message.sent}  {message.to}\n  {message.subject}: {message.text}"
