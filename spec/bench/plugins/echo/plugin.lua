return {
  name = "echo",
  version = "1.0.0",
  summary = "Sends every text back",
  needs = {},
  options = {},
}
