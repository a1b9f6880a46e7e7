"""Runs the benchmarks that are named, or all of them; `discord.size` is one part of `discord`."""

import sys
from importlib import import_module
from pkgutil import iter_modules

import tests.benchmarks

names = [module.name for module in iter_modules(tests.benchmarks.__path__) if not module.name.startswith("_")]
modules = {name: import_module(f"tests.benchmarks.{name}") for name in names}
benchmarks = [name for name, module in modules.items() if hasattr(module, "main")]
for asked in sys.argv[1:] or benchmarks:
    name, _, part = asked.partition(".")
    if name not in benchmarks or not hasattr(modules[name], part or "main"):
        sys.exit(f"there is no benchmark {asked}; there is {', '.join(benchmarks)}")
    print(f"== {asked}", flush=True)
    getattr(modules[name], part or "main")()
