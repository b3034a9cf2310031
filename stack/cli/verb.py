"""One verb, and a group of verbs, as Click commands.

A verb's code is imported when the verb runs, so that ``--help`` and completion answer at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from stack.cli.options import Options, common


class Verb(click.Command):
    """A command whose code, ``module:function``, returns the exit code.

    The function takes a ``Context``, or ``Options`` where ``target`` is false.
    """

    def __init__(self, name: str, code: str, text: str, *parameters: click.Parameter, target: bool = True) -> None:
        self.code, self.own, self.target = code, parameters, target
        super().__init__(name, params=[*parameters, *common()], help=text, short_help=text.partition("\n")[0])

    def invoke(self, ctx: click.Context) -> int:
        from stack.cli.execution import execute

        return execute(self.code, Options.of(ctx), target=self.target)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line; an error names this verb, which Click leaves out where a value is missing."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verb's own options before those that every verb has."""
        params = self.get_params(ctx)
        own = [each for each in self.own if isinstance(each, click.Option)]
        shared = [each for each in params if each not in self.own]
        for title, of in (("Options", own), ("Common options", shared)):
            rows = [row for each in of if (row := each.get_help_record(ctx))]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class Verbs(click.Group):
    """A command whose verbs stand in sections, each in the order of its declaration."""

    def __init__(
        self,
        name: str,
        text: str,
        sections: Mapping[str, Sequence[click.Command]],
        *,
        epilog: str | None = None,
        parameters: Sequence[click.Parameter] = (),
    ) -> None:
        verbs = {str(each.name): each for of in sections.values() for each in of}
        super().__init__(name, verbs, help=text, short_help=text, epilog=epilog, params=list(parameters))
        self.sections = sections

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (Click's signature)
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; of an unknown one suggest only the most similar."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            nearest = (error.possibilities or [])[:1]
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=nearest, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (Click's)
        width = max(map(len, self.commands))
        for title, verbs in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(str(each.name).ljust(width), each.short_help or "") for each in verbs])
