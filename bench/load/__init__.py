"""The load generator: many terminals in one light process, by the documented interface only."""
