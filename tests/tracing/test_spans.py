"""Spans as a collector gets them, and that nothing is loaded or written where there is none."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from settings import ROOT
from tests.support.collector import Collector
from tracing import spans
from tracing.otlp import OtlpRecorder

PARENT = f"00-{'a' * 32}-{'b' * 16}-01"


@pytest.fixture
def unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process traces, but keeps no span."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    monkeypatch.setattr(spans, "_recorder", OtlpRecorder("site", "http://127.0.0.1:9"))


def test_steps_stand_in_each_other(collector: Collector) -> None:
    since = datetime(2026, 11, 2, 9, tzinfo=UTC)
    with spans.begun("first", start=since) as first:
        first.note(conversation="c" * 32, message=3)
        with spans.step("inner", spans.Kind.CLIENT):
            header = spans.carried()[spans.HEADER]
        with spans.joined("elsewhere", header):
            pass
    exported = {span.name: span for span in collector.until(lambda found: len(found) == 3)}
    assert exported["first"].attributes == {"guichet.conversation": "c" * 32, "guichet.message": 3}
    assert (exported["first"].parent, exported["first"].service) == ("", "guichet-site")
    assert exported["first"].begun == since.timestamp() * 1e9
    assert exported["inner"].parent == exported["first"].id
    assert exported["elsewhere"].parent == exported["inner"].id
    assert len({span.trace for span in exported.values()}) == 1


def test_of_an_error_only_the_class_is_told(collector: Collector) -> None:
    with pytest.raises(ValueError, match="mot secret"), spans.begun("first"):
        raise ValueError("un mot secret")
    (span,) = collector.until(len)
    assert (span.failed, span.attributes) == (True, {"error.type": "ValueError"})
    assert all(b"secret" not in body for body in collector.raw)


def test_the_id_of_a_conversation_is_no_free_text(collector: Collector) -> None:
    with spans.begun("first") as span:
        span.note(conversation="jeanne@example.org", action="action_orienter")
    assert collector.until(len)[0].attributes == {"guichet.action": "action_orienter"}


def test_without_a_trace_around_them_steps_leave_nothing(collector: Collector) -> None:
    with spans.step("inner"), spans.joined("elsewhere", ""):
        assert spans.carried() == {}
    with spans.begun("last"):
        pass
    assert [span.name for span in collector.until(len)] == ["last"]


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.one_of(st.text(), st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{31,33}-[0-9a-f]{15,17}-[0-9a-f]{2}")))
@example(f"00-{'0' * 32}-{'b' * 16}-01")
@example(f"00-{'a' * 32}-{'0' * 16}-01")
def test_any_header_may_come(unsent: None, header: str) -> None:
    with spans.joined("elsewhere", header):
        known = spans.current()
    if known:
        assert header.startswith("00-") and known.split("-")[1] == header.split("-")[1]


def test_nothing_is_loaded_or_written_without_a_collector() -> None:
    program = (
        "import sys, website.main; from tracing import spans; spans.begin('site', '')\n"
        f"with spans.begun('a'), spans.joined('b', '{PARENT}'), spans.step('c') as step:\n"
        "    step.note(message=1)\n"
        "assert spans.carried() == {} and spans.current() == ''\n"
        "ours = {'tracing.otlp', 'opentelemetry.sdk.trace', 'opentelemetry.exporter'}\n"
        "assert not ours & set(sys.modules)\n"
        "spans.begin('site', 'http://127.0.0.1:9')\n"
        "assert ours <= set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=120)
