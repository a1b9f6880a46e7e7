"""Thin: a call becomes a service's call, what it returns becomes words. Declared here once for every platform."""
