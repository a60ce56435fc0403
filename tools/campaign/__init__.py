# SPDX-License-Identifier: GPL-2.0-or-later
"""The standing campaign: seeded mutants, kills, races, full disks, memory traps and injected failures.

One kind of trial a module; each has ``trial(seed, place)``, which raises Fault or returns "ok" or "refused".
"""
