"""Runs the benchmarks that are named, or all of them."""

import sys
from importlib import import_module
from pkgutil import iter_modules

import tests.benchmarks

names = [module.name for module in iter_modules(tests.benchmarks.__path__) if not module.name.startswith("_")]
for name in sys.argv[1:] or names:
    if name not in names:
        sys.exit(f"there is no benchmark {name}; there is {', '.join(names)}")
    print(f"== {name}")
    import_module(f"tests.benchmarks.{name}").main()
