return {
  name = "builds",
  version = "1.0.0",
  summary = "Tells a group about builds",
  needs = { "http.serve", "send", "http:builds.example.org" },
  options = {
    group = { type = "string", help = "who is told" },
    key = { type = "string", help = "what the build server sends as X-Key" },
    server = { type = "string", default = "https://builds.example.org", help = "whom to ask" },
  },
}
