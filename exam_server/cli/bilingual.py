"""What click itself says, in both languages: headings, usage errors, ``--help``."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping, Sequence
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError

from exam_server.cli.output import tell_refusal
from exam_server.errors import Refusal

HELP = "显示说明后退出 · show this help and exit"
VERSION = "显示版本后退出 · show the version and exit"
_HEADINGS = {"Options": "选项 · Options", "Commands": "命令 · Commands"}


class _Formatter(click.HelpFormatter):
    """Headings in both languages."""

    def write_heading(self, heading: str) -> None:
        """One section's heading."""
        super().write_heading(_HEADINGS.get(heading, heading))

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The line that shows how the command is typed."""
        super().write_usage(prog, args, prefix or "用法 · Usage: ")


class _Context(click.Context):
    formatter_class = _Formatter


class Speaking(click.Group):
    """The root command: refusals with cause and remedy (exit 1), misuse explained (exit 2)."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line and end the process, as scripts expect."""
        translate(self)
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except NoArgsIsHelpError as misuse:
            misuse.show()
            sys.exit(misuse.exit_code)
        except click.UsageError as misuse:
            click.echo(usage_text(misuse), err=True)
            sys.exit(misuse.exit_code)
        except click.ClickException as failure:
            failure.show()
            sys.exit(failure.exit_code)
        except click.Abort:
            click.echo("已取消 · cancelled", err=True)
            sys.exit(1)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a bug still crashes."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            tell_refusal(refusal, as_json=wants_json(ctx.meta))
            sys.exit(1)


_AS_JSON = "kaochang.as_json"


def remember_json(ctx: click.Context, _option: click.Parameter, value: bool) -> bool:
    """Callback of ``--json``: refusals come after the command's own context has ended."""
    ctx.meta[_AS_JSON] = value
    return value


def wants_json(meta: MutableMapping[str, Any]) -> bool:
    """Whether the command was asked for JSON."""
    return bool(meta.get(_AS_JSON))


def translate(command: click.Command) -> None:
    """Give ``command`` and all below it bilingual headings and help options."""
    command.context_class = _Context
    if command.add_help_option and not any("--help" in one.opts for one in command.params):
        click.help_option("--help", help=HELP)(command)
    if isinstance(command, click.Group):
        for one in command.commands.values():
            translate(one)


def usage_text(misuse: click.UsageError) -> str:
    """What was typed wrongly, in both languages, and where to read how it is typed."""
    path = misuse.ctx.command_path if misuse.ctx else "kaochang"
    usage = f"{misuse.ctx.get_usage()}\n" if misuse.ctx else ""
    return (
        f"{usage}{_chinese(misuse)}请看：{path} --help\n"
        f"{misuse.format_message()} See: {path} --help"
    )


def _chinese(misuse: click.UsageError) -> str:
    match misuse:
        case click.NoSuchOption():
            return f"没有选项 {misuse.option_name}。"
        case click.NoSuchCommand():
            return f"没有命令 {misuse.command_name}。"
        case click.MissingParameter():
            return f"缺少{_kind(misuse.param)} {_name(misuse)}。"
        case click.BadParameter():
            return f"{_kind(misuse.param)} {_name(misuse)} 的值不对。"
        case click.BadOptionUsage():
            return f"选项 {misuse.option_name} 的用法不对。"
    return "命令写得不对。"


def _kind(parameter: click.Parameter | None) -> str:
    return "参数" if isinstance(parameter, click.Argument) else "选项"


def _name(misuse: click.BadParameter) -> str:
    if misuse.param is None:
        return str(misuse.param_hint or "")
    if isinstance(misuse.param, click.Argument):
        return misuse.param.make_metavar(misuse.ctx) if misuse.ctx else str(misuse.param.name)
    return misuse.param.opts[0]
