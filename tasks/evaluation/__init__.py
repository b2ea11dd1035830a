"""How good the models are on dev data, beside simple baselines: a module a task.

A system is a function over all texts of a set. Measures are fractions, 0 to 1.
"""
