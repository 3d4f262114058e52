"""What ``/metrics`` tells, as data: no name, no seat, no ticket, no candidate in any label."""

from __future__ import annotations

from typing import NamedTuple


class Metric(NamedTuple):
    """One metric. ``kind``: gauge | counter | histogram. ``whose``: process | centre.

    What is a process's own differs between the processes of one centre and is added up; what
    is the centre's is read from the database and is the same at each of them.
    """

    kind: str
    whose: str
    labels: tuple[str, ...]
    zh: str
    en: str


METRICS: dict[str, Metric] = {
    "kaochang_saving": Metric(
        "gauge", "process", (), "正在保存为 1，已停止保存为 0", "1 while it saves, 0 when latched"
    ),
    "kaochang_queue_length": Metric(
        "gauge", "process", (), "等待写入的命令数", "commands that wait for the writer"
    ),
    "kaochang_batch_jobs": Metric(
        "histogram", "process", (), "一次提交中的命令数", "commands in one commit"
    ),
    "kaochang_commit_seconds": Metric(
        "histogram", "process", (), "一次提交的秒数，含落盘", "seconds of one commit, sync included"
    ),
    "kaochang_commits_failed": Metric(
        "counter", "process", (), "失败的提交次数", "commits that failed"
    ),
    "kaochang_saves": Metric(
        "counter", "process", (), "已落盘的作答消息数", "messages of answers made durable"
    ),
    "kaochang_terminals_connected": Metric(
        "gauge", "process", (), "连着本进程的考试机数", "terminals with a socket to this process"
    ),
    "kaochang_socket_messages": Metric(
        "counter", "process", (), "考试机的套接字消息数", "socket messages of terminals"
    ),
    "kaochang_http_requests": Metric(
        "counter",
        "process",
        ("route", "status"),
        "HTTP 请求数，按程序中的路径和状态类别",
        "HTTP requests by route as it stands in the program and class of status",
    ),
    "kaochang_http_seconds": Metric(
        "counter", "process", ("route",), "处理 HTTP 请求的总秒数", "seconds spent on HTTP requests"
    ),
    "kaochang_sweep_age_seconds": Metric(
        "gauge",
        "process",
        (),
        "例行工作上次完成至今的秒数，正常约 1",
        "seconds since the second's work was last done; about 1",
    ),
    "kaochang_epoch": Metric("gauge", "centre", (), "服务器启动次数", "starts of the server"),
    "kaochang_heartbeat_age_seconds": Metric(
        "gauge",
        "centre",
        (),
        "数据库中最后心跳至今的秒数",
        "seconds since the last sign of life in the database",
    ),
    "kaochang_attempts": Metric(
        "gauge", "centre", ("state",), "各状态的作答数", "attempts by state"
    ),
    "kaochang_score_backlog": Metric(
        "gauge", "centre", (), "等待计分的作答数", "submitted attempts without a score"
    ),
    "kaochang_head_seq": Metric(
        "gauge",
        "centre",
        ("sitting",),
        "进行中场次的链头序号",
        "number of the last entry of each sitting under way",
    ),
    "kaochang_disk_free_bytes": Metric(
        "gauge", "process", (), "数据目录所在磁盘的剩余字节", "bytes free where the data lies"
    ),
    "kaochang_last_backup_age_seconds": Metric(
        "gauge",
        "process",
        (),
        "本机最近一次备份至今的秒数，没有备份则无此项",
        "seconds since the last backup made on this machine; absent when there was none",
    ),
}
