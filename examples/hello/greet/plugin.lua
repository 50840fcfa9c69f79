return { name = "greet", version = "1.0.0", summary = "A first plugin", needs = {} }
