"""What is measured: one module each, with a class ``Case`` (``case.Case``)."""
