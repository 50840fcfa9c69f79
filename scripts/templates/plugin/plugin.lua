return {
  name = "plugin_name",
  version = "0.1.0",
  summary = "Says hello, and knows who came before",
  needs = {}, -- what it asks the operator to grant: "send", "group.mute", "http:HOST" …
  options = {
    again = {
      type = "boolean",
      default = true,
      help = "Whether to say something else to people it has met",
    },
  },
}
