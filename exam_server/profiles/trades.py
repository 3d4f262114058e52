"""Trade catalogues 工种目录 of the provinces, with former names (DOMAIN A8, D33, D34).

A trade's identity is (catalogue, code): the official code where the province prints one,
else an internal slug that is never shown as official. Names are kept exactly as printed.
"""

from __future__ import annotations

import re

import msgspec


class Trade(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A trade 工种. ``former_levels``: the former name holds at these levels only, () = all.

    ``printed``: the 序号 printed beside it, which is not always the order of the codes.
    ``inferred``: the notice prints no code here, this one is concluded from its neighbours.
    ``active``: examined this year.
    """

    code: str
    name: str
    industry: str = ""
    former_names: tuple[str, ...] = ()
    former_levels: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    fee_class: str = ""
    active: bool = True
    printed: int | None = None
    inferred: bool = False
    note: str = ""


class Found(msgspec.Struct, frozen=True):
    """A trade as a roster names it; ``renamed``: by a former name or an alias."""

    trade: Trade
    renamed: bool


class Catalogue:
    """A catalogue that finds trades by current, former or alias name."""

    def __init__(self, trades: tuple[Trade, ...]) -> None:
        self.trades = trades
        self._current = {trade.name: trade for trade in trades}
        self._other: dict[str, Trade] = {}
        for trade in trades:
            for other in (*trade.former_names, *trade.aliases):
                self._other.setdefault(other, trade)

    def find(self, name: str, level: str) -> Found | None:
        """The trade meant by ``name`` at ``level`` (L1 … L5), or None.

        「现名（原旧名）」 as printed in the catalogues is understood too.
        """
        trade = self._current.get(name)
        if trade is not None:
            return Found(trade, renamed=False)
        trade = self._other.get(name)
        if trade is not None and self._holds(trade, name, level):
            return Found(trade, renamed=True)
        bare = re.sub(r"[（(]原.*[）)]$", "", name)
        return self.find(bare, level) if bare != name else None

    def similar(self, name: str) -> list[str]:
        """Current names that share a character with ``name``, best first, at most three."""
        shared = {trade.name: len(set(trade.name) & set(name)) for trade in self.trades}
        ranked = sorted(shared, key=lambda known: (-shared[known], known))
        return [known for known in ranked if shared[known] >= 2][:3]

    @staticmethod
    def _holds(trade: Trade, name: str, level: str) -> bool:
        if name in trade.aliases or not trade.former_levels:
            return True
        return level in trade.former_levels
