# SPDX-License-Identifier: GPL-2.0-or-later
"""A report as one HTML page: nothing but the numbers of the report goes in, and it loads no other file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from ..coordinates import coordinate, short
from . import svg

STYLE = """
body { font-family: sans-serif; max-width: 60em; margin: 1em auto; padding: 0 1em; color: #222; background: #fff }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; border-bottom: 1px solid #ccc; margin-top: 1.6em }
td, th { padding: 2px 12px 2px 0; text-align: left; vertical-align: top }
td.number { text-align: right } .warning { color: #a33b00 } .small { color: #777; font-size: 0.85em }
img { max-width: 100% } img.map { image-rendering: pixelated; background: #eee }
"""
SHOWN = 200
"""Rows of a table of files."""


def page(report: Mapping[str, Any]) -> str:
    """The whole page."""
    name = str(report.get("algorithm", "Scree"))
    sections = [
        _head(name, report),
        _section("Warnings", _warnings(report)),
        _section("Counts", "".join(map(_balance, report.get("balances", ())))),
        _section("Expected and found", _estimate(report)),
        _section("Time by phase", _phases(report)),
        _section("Memory", _memory(report)),
        _section("Results", "".join(map(_figure, report.get("figures", ())))),
        _section("Inputs", _inputs(report)),
        _section("Options", _options(report)),
        _section("Numbers", _table(_numbers(report))),
        _section("Outputs", _table(report.get("outputs", {}).items())),
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/><title>{escape(name)}</title>'
        f"<style>{STYLE}</style></head><body>\n" + "\n".join(filter(None, sections)) + "\n</body></html>\n"
    )


def _head(name: str, report: Mapping[str, Any]) -> str:
    seconds, peak = report.get("seconds", 0), report.get("peak_memory", 0)
    limit = f" of {report['memory_limit']:,} allowed" if report.get("memory_limit") else ""
    return f"<h1>{escape(name)}</h1><p>{seconds:,.1f} s, at most {peak:,} MB{limit}.</p>"


def _section(title: str, content: str) -> str:
    return f"<h2>{title}</h2>{content}" if content else ""


def _warnings(report: Mapping[str, Any]) -> str:
    items = "".join(f'<li class="warning">{escape(str(text))}</li>' for text in report.get("messages", ()))
    return f"<ul>{items}</ul>" if items else ""


def _balance(found: Mapping[str, Any]) -> str:
    total, parts = found["total"], found["parts"]
    left = total - sum(parts.values())
    says = "adds up" if not left else f"{left:,} are not accounted for"
    verdict = f'<span class="{"warning" if left else "small"}">{says}</span>'
    bar = svg.image(svg.stack(parts), found["what"])
    return f"<p>{escape(found['what'])}: <b>{total:,}</b> {verdict}<br/>{bar}</p>"


def _estimate(report: Mapping[str, Any]) -> str:
    expected = report.get("estimate")
    if not expected:
        return ""
    found = {
        "points": report.get("points_used", report.get("points_passed", report.get("points_worked"))),
        "blocks": report.get("units"),
        "scratch": report.get("scratch_peak"),
        "memory": report.get("peak_memory"),
        "workers": report.get("workers"),
    }
    units = {"scratch": " MB", "memory": " MB"}
    rows = [
        (name.capitalize(), f"{expected[name]:,.0f}{units.get(name, '')}", f"{value:,.0f}{units.get(name, '')}")
        for name, value in found.items()
        if value is not None
    ]
    return _table(rows, ("", "expected", "found"))


def _phases(report: Mapping[str, Any]) -> str:
    phases = report.get("phases", {})
    total = sum(phases.values()) or 1.0
    rows = [(name, seconds, f"{seconds:,.1f} s, {100 * seconds / total:.0f} %") for name, seconds in phases.items()]
    return svg.image(svg.bars(rows), "Seconds by phase") if rows else ""


def _memory(report: Mapping[str, Any]) -> str:
    memory = report.get("memory")
    if not memory or not memory["seconds"]:
        return ""
    limit = report.get("memory_limit", 0)
    drawn = limit if limit < 4 * max(memory["megabytes"]) else 0
    chart = svg.curve(memory["seconds"], memory["megabytes"], drawn, memory["phases"], "MB resident")
    return svg.image(chart, "Resident memory over time")


def _figure(found: Mapping[str, Any]) -> str:
    parts = []
    if "picture" in found:
        size = f'width="{found["width"]}" height="{found["height"]}"'
        one = found["low"] == found["high"]
        ends = short(found["low"]) if one else f"{short(found['low'])} (dark blue) to {short(found['high'])} (dark red)"
        parts.append(f'<td><img class="map" {size} alt="map" src="{found["picture"]()}"/><br/>{ends}</td>')
    histogram = found.get("histogram")
    if histogram:
        text = f"{histogram['values']:,} values from {short(histogram['least'])} to {short(histogram['greatest'])}"
        outside = f", {histogram['outside']:,} of them beyond the ends of the chart" if histogram["outside"] else ""
        chart = svg.image(svg.histogram(histogram), "Histogram")
        parts.append(f'<td>{chart}<br/><span class="small">{text}{outside}</span></td>')
    return f"<h3>{escape(found['title'])}</h3><table><tr>{''.join(parts)}</tr></table>" if parts else ""


def _options(report: Mapping[str, Any]) -> str:
    """Those that were given, or have a value of their own."""
    options = report.get("options", {}).items()
    return _table((name, value) for name, value in options if name != "inputs" and value not in ("", None, (), []))


def _inputs(report: Mapping[str, Any]) -> str:
    inputs = report.get("inputs", ())
    rows = [(entry["path"], f"{entry['points']:,} points") for entry in inputs[:SHOWN]]
    rows += [(f"and {len(inputs) - SHOWN:,} more", "")] if len(inputs) > SHOWN else []
    rows += [(entry["path"], f"skipped: {entry['reason']}") for entry in report.get("skipped", ())[:SHOWN]]
    return _table(rows)


def _numbers(report: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Every flat number, and the counts of the units."""
    flat = {k: v for k, v in report.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
    return [(k.replace("_", " "), v) for k, v in {**flat, **report.get("counts", {})}.items()]


def _table(rows: Iterable[tuple[Any, ...]], head: tuple[str, ...] = ()) -> str:
    body = "".join("<tr>" + "".join(f"<td>{escape(_say(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    top = "<tr>" + "".join(f"<th>{cell}</th>" for cell in head) + "</tr>" if head else ""
    return f"<table>{top}{body}</table>" if body else ""


def _say(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return short(value)
    if isinstance(value, (list, tuple)):  # of floats: an extent, a shift, a corner
        return ", ".join(coordinate(each) if isinstance(each, float) else _say(each) for each in value)
    return str(value)
