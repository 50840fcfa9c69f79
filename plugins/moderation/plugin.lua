return {
  name = "moderation",
  version = "1.1.0",
  summary = "Warns, mutes, kicks and bans; recalls forbidden words; stops floods",
  needs = { "recall", "group.mute", "group.kick" },
  options = {
    words = {
      type = "list",
      default = {},
      help = "Forbidden words; a message with one is recalled and its author warned",
    },
    warn_limit = {
      type = "integer",
      default = 3,
      help = "The warning that mutes; the count then starts anew",
    },
    warn_mute = {
      type = "duration",
      default = "1d",
      max = "30d", -- what RongCloud can do
      help = "How long the last warning mutes",
    },
    flood_messages = {
      type = "integer",
      default = 8,
      help = "So many messages within flood_within are a flood; 0 turns the rule off",
    },
    flood_within = {
      type = "duration",
      default = "5s",
      help = "See flood_messages; counted by the time the messages were sent",
    },
    flood_mute = {
      type = "duration",
      default = "10m",
      max = "30d",
      help = "How long a flood mutes",
    },
  },
}
