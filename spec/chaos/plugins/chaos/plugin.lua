return {
  name = "chaos",
  version = "1.0.0",
  summary = "Answers questions in every way a plugin can, for spec/chaos",
  needs = {},
}
