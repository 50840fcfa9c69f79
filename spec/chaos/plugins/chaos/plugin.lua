return {
  name = "chaos",
  version = "1.0.0",
  summary = "Answers questions in every way a plugin can, for spec/chaos",
  needs = { "http:127.0.0.1:PORT" },
  options = {
    url = { type = "string", help = "What is asked by http" },
  },
}
