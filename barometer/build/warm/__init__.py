"""Processes that are forked from one with its libraries imported, for kernels and for functions; Linux only.

`server` imports and forks, `forked` is a child of it from outside, `provisioner` hands kernels to Jupyter,
`processes` starts the servers and gives pools in which functions run, by `call`.
"""
