"""What is measured: one module each, with a class ``Case`` (``benchmarks.child.Case``)."""
