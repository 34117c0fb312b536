"""The only code that knows a library; each adapter translates its library's exceptions."""
