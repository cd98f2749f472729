# SPDX-License-Identifier: Apache-2.0
"""What a benchmark found, as a page with a plot. Nothing is written there by hand."""
from __future__ import annotations

import math
import pathlib
import platform

PAGE, PLOT = "performance.md", "performance-loop.svg"


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def summary(values: list[float]) -> dict:
    return {"count": len(values), "p50Ms": round(quantile(values, 0.5), 2), "p99Ms": round(quantile(values, 0.99), 2),
            "maxMs": round(max(values), 2)}


def processor() -> str:
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} × {names[0]}" if names else platform.machine()


# --- the plot ---------------------------------------------------------------------------------------------

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 300, 56, 36, 16, 44
STYLE = """<style>
 text { font: 12px sans-serif; fill: #555 } .grid { stroke: #8884; } .one { stroke: #0a7d5a; fill: none; stroke-width: 2 }
 .two { stroke: #b45309; fill: none; stroke-width: 2 } .one-text { fill: #0a7d5a } .two-text { fill: #b45309 }
</style>"""


def plot(loop: list[float], bare: list[float]) -> str:
    """The share of renewals that took at most so long, on a scale of powers of ten."""
    low = math.floor(math.log10(min(bare + loop)))
    high = math.ceil(math.log10(max(bare + loop)))

    def x(value: float) -> float:
        return LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(share: float) -> float:
        return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)

    def curve(values: list[float], kind: str) -> str:
        ordered = sorted(values)
        points = " ".join(f"{x(value):.1f},{y((n + 1) / len(ordered)):.1f}" for n, value in enumerate(ordered))
        return f'<polyline class="{kind}" points="{x(ordered[0]):.1f},{y(0):.1f} {points}"/>'

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">', STYLE,
           "<title>From a stored version to its proof on every node, beside a bare swap and handshake</title>"]
    for power in range(low, high + 1):
        at = x(10.0 ** power)
        out.append(f'<path class="grid" d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
                   f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{10.0 ** power:g} ms</text>')
    for share in (0, 0.5, 0.99):
        out.append(f'<path class="grid" d="M{LEFT} {y(share):.1f}H{WIDTH - RIGHT}"/>'
                   f'<text x="{LEFT - 8}" y="{y(share) + 4:.1f}" text-anchor="end">{share:.0%}</text>')
    out += [curve(loop, "one"), curve(bare, "two"),
            f'<text class="two-text" x="{x(quantile(bare, 0.7)) + 10:.1f}" y="{y(0.7):.1f}">bare swap and handshake</text>',
            f'<text class="one-text" x="{x(quantile(loop, 0.5)) - 10:.1f}" y="{y(0.2):.1f}" text-anchor="end">'
            "stored → proved on every node</text>", "</svg>"]
    return "\n".join(out) + "\n"


# --- the page ---------------------------------------------------------------------------------------------

def table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def ms(value: float) -> str:
    return f"{value:.0f} ms" if value >= 100 else f"{value:.1f} ms" if value >= 1 else f"{value * 1000:.0f} µs"


def mb(value: float) -> str:
    return f"{value:.1f} MB"


def loop_rows(loop: list[float], bare: list[float]) -> list[list[str]]:
    rows = [[name, str(len(values)), ms(quantile(values, 0.5)), ms(quantile(values, 0.99)), ms(max(values))]
            for name, values in (("stored → proved on every node", loop), ("bare swap and handshake", bare))]
    ratio = [quantile(loop, share) / quantile(bare, share) for share in (0.5, 0.99)]
    return rows + [["ratio", "", f"{ratio[0]:.0f} ×", f"{ratio[1]:.0f} ×", ""]]


def busy(load: float) -> str:
    """What a reader has to know of a machine that was not ours alone."""
    if load < 1.5:
        return ""
    return ("\n**Others were at work on the machine**: wall times are longer than on a quiet one, and only ratios within the run "
            "mean something.")


def page(result: dict) -> str:
    idle, polls = result["idle"], {int(total): cost for total, cost in result["polls"].items()}
    small, large = min(polls), max(polls)
    costs = [[f"{total:,}", ms(cost["cpuMs"]), ms(cost["wallMs"]), f"{cost['bytes']} bytes",
              mb(cost["memory"]["resident"])] for total, cost in sorted(polls.items())]
    memory = [[name, mb(each["resident"]), mb(each["anonymous"]), mb(each["peak"])]
              for name, each in result["memory"].items()]
    minute = 60 / idle["seconds"]
    return f"""# Performance

Measured by `./dev bench loop`, which writes this page: [bench/loop](../../bench/loop/loop.py). Release binaries, SQLite, everything on one machine.
{result["date"]}, {processor()}; load of the machine before, after the renewals and at the end: {", ".join(f"{load:.1f}" for load in result["load"])}.{busy(result["load"][0])}

## From a stored version to its proof on every node
One certificate at a time is renewed that {result["nodes"]} nodes serve, each an agent beside a HAProxy; nine more are served, and 1,000 are there. From
the rollout's start, in the transaction that stores the version, to the last node's proof: canary first, then the others, each by three full handshakes on
every address. After each, in a HAProxy of its own, `set ssl cert`, `commit ssl cert` and one handshake: no store, no gate, no second node.

{table(["", "count", "p50", "p99", "longest"], loop_rows(result["loop"], result["bare"]))}
![Share of renewals that took at most so long](performance-loop.svg)

## Memory
After the renewals, with 1,000 certificates. Resident counts the program's pages too, anonymous only its data.

{table(["process", "resident", "anonymous", "most since its start"], memory)}
## An idle minute
CPU time with 1,000 certificates while nobody asks for anything; agents poll by `poll_wait = PT30S`.

{table(["process", "CPU in a minute", "share of a core"],
       [[name, ms(spent * minute), f"{spent / idle['seconds'] / 10:.3f} %"] for name, spent in idle["cpuMs"].items()])}
## A poll in which nothing changed
A node with a thousand associations polls by cursor; each request is signed and verified (ECDSA), over one connection. CPU is the replica's, all of
HTTPS included; wall time is the client's, which is Python.

{table(["associations in the replica", "CPU a poll", "wall, p50", "answer", "replica, resident"], costs)}
At {large:,} associations a poll costs {polls[large]["cpuMs"] / polls[small]["cpuMs"]:.2f} × what it does at {small:,}.
"""


def write(result: dict, folder: pathlib.Path) -> None:
    (folder / PLOT).write_text(plot(result["loop"], result["bare"]))
    (folder / PAGE).write_text(page(result))
