"""``python -m exam_server.metrics.page``: writes docs/reference/metrics.md from the catalogue."""

from __future__ import annotations

from pathlib import Path

from exam_server.metrics.catalogue import METRICS

PAGE = "docs/reference/metrics.md"
_FRONT = """# What a centre tells its watchers 运行指标

Made from `exam_server/metrics/catalogue.py` by `python -m exam_server.metrics.page`.

| Address | Answer |
|---|---|
| `/livez` | 200 while the process answers at all |
| `/healthz` | 200 when it may be sent candidates, else 503 |
| `/metrics` | Prometheus, for who sends `Authorization: Bearer` and the token |

`/healthz` says why: `saving` (not latched), `sweeping` (the second's work was done within the last
10 s), `stopping` (asked to end), `epoch`. `disk` is `low` under 512 MB and turns nobody away.

The token is made at the first question and lies in `metrics.token` of the centre's folder, for its
account only (`KAOCHANG_METRICS_TOKEN_FILE` names another file). It is asked for from loopback too:
behind a proxy everybody comes from there. No label holds anything about a person.

```yaml
scrape_configs:
  - job_name: kaochang
    scheme: https
    tls_config: {ca_file: /etc/prometheus/centre-ca.pem}
    authorization: {credentials_file: /etc/prometheus/centre.token}
    static_configs: [{targets: ["exam.example:8443"]}]
```

Every process is asked at its own port. *process*: its own or its machine's, what counts is added
up; *centre*: read from the database, the same at each. `process_*` of the Prometheus library
(memory, CPU, open files) come besides. Counters carry `_total`, histograms `_bucket`, `_sum`,
`_count`.

| Metric | Kind | Whose | Labels | 含义 | Meaning |
|---|---|---|---|---|---|
"""


def page() -> str:
    """The page."""
    rows = [
        f"| `{name}` | {one.kind} | {one.whose} | "
        + (", ".join(f"`{label}`" for label in one.labels) or "–")
        + f" | {one.zh} | {one.en} |\n"
        for name, one in METRICS.items()
    ]
    return _FRONT + "".join(rows)


if __name__ == "__main__":
    Path(PAGE).write_text(page(), encoding="utf-8")
