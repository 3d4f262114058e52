"""The independent verifier 校验程序 of exported journals.

Written from ``docs/reference/journal.md`` alone: it imports the standard library and
``cryptography`` and nothing else of the project, so that a mistake of the writer cannot be
repeated here by sharing its code. Section numbers (§) in this package are that page's.
"""
