"""The fixed texts of docs/load.md."""

from __future__ import annotations

INTRODUCTION = """# Load

*Written by `make bench-load`; a change by hand is lost at the next run.* What it means for the choice of machines
stands in [scaling.md](scaling.md)."""

BEYOND = "the next step is beyond 1 s"
NOT_BEYOND = "more were not tried"

STORED = """One question after the other, each in a new conversation, while so many conversations are stored already:
the site's tables hold them all, Rasa's tracker store at most {most}. *stored*: until the site says that it has the
message; *answered*: until the stream brings the whole answer. The last column is what the processes take while
nobody writes."""

METHOD = """## How it is measured

- Members run in processes of their own, at most 250 in each, on the same machine. Each opens a conversation, keeps
  its stream of events open, thinks before each message (exponentially distributed, {think} s in the mean), and waits
  for the answer: a question drawn from the examples of the categories, a button or the commune where they are asked for
  it, thanks where a person was named; then a new conversation. *crowd's share* is what the busiest of their processes
  takes of a core, *crowd late* by how much its event loop is late: both small, else the times would be the members'
  own.
- *p50, p95, p99*: from sending a message until the stream (with the REST channel: the call) brings the whole answer,
  for messages sent during the {seconds} s of a step that are measured, after one and a half times the thinking time or
  longer. *stored*: until the call is answered (202).
- *lost* and *doubled*: at the end each conversation is read and held to what was accepted and heard: every message
  stored once and answered once, in order.
- *failures*: connections, time-outs and statuses that were not 2xx, all the time; 429 apart. The limit of one address
  is off, since all members have the same. While sites are restarted they hold the streams that ended
  with them, which the chat opens again.
- *of a core* and *ms an answer*: user and system time of the process and all that it started, over these seconds. RSS
  counts what processes share twice, PSS once. *cores busy* is the whole machine, whatever it ran.
- The stock pipeline learnt from {size} examples a category: what it understands does not count here (see
  [benchmarks.md](benchmarks.md)), only what it costs. It answers with fixed texts, keeps conversations in memory,
  stores nothing, and has neither buttons nor stream: question, commune, thanks. Ours looks people up and stores
  everything twice (site and tracker store).
- Beyond a p95 of one second no further step is tried."""
