# SPDX-License-Identifier: LGPL-2.1-or-later
"""The parts of apigen: parse, model, check, and one emitter per kind of output."""
