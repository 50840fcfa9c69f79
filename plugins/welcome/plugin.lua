return {
  name = "welcome",
  version = "1.0.0",
  summary = "Greets people who join a group",
  needs = {},
  options = {
    text = {
      type = "string",
      default = "Welcome, {user}!",
      help = "The greeting; {user} mentions who joined, {group} is the group's name",
    },
  },
}
