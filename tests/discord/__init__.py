"""Discord as these tests see it: a REST and gateway server of their own on loopback, and people who use it."""
