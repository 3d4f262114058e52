"""What tests stand on is real: these fail first when a machine lacks something."""

from __future__ import annotations

import redis


def test_redis_carries_a_message(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client, client.pubsub() as listener:
        listener.subscribe("bell")
        assert listener.get_message(timeout=5)  # its own subscription
        client.publish("bell", "开考")
        message = listener.get_message(timeout=5)
    assert message is not None
    assert message["data"] == "开考".encode()
