return {
  ["{user} has been warned ({count}/{limit}): {reason}"] =
    "{user} 收到警告（{count}/{limit}）：{reason}",
  ["{user} has too many warnings and is muted for {time}."] =
    "{user} 警告次数过多，禁言 {time}。",
  ["{user} sends too many messages and is muted for {time}."] =
    "{user} 刷屏，禁言 {time}。",
  ["{user} is muted for {time}: {reason}"] = "{user} 被禁言 {time}：{reason}",
  ["{user} is muted: {reason}"] = "{user} 被禁言：{reason}",
  ["{user} may talk again."] = "{user} 可以发言了。",
  ["{name} was removed: {reason}"] = "{name} 已被移出群：{reason}",
  ["{name} has {count} of {limit} warnings."] = "{name} 有 {count} 次警告，上限 {limit} 次。",
  ["The warnings of {user} are forgotten."] = "{user} 的警告已清除。",
  ["You may not do that to {user}."] = "你不能对 {user} 这样做。",
  ["That did not work: {why}"] = "没有成功：{why}",
  ["no reason given"] = "未说明原因",
  ["forbidden word"] = "违禁词",
  ["Warn somebody; the last warning mutes"] = "警告某人；最后一次警告会禁言",
  ["Forget somebody's warnings"] = "清除某人的警告",
  ["Mute somebody, for a time or until unmuted"] = "禁言某人，可限时，也可直到解禁",
  ["Let somebody talk again"] = "解除某人的禁言",
  ["Remove somebody from the group"] = "把某人移出群",
  ["How many warnings you have; moderators may ask about others"] =
    "你有几次警告；管理员可以查别人的",
  ["warn <who> [reason...]"] = "warn <谁> [原因...]",
  ["unwarn <who>"] = "unwarn <谁>",
  ["mute <who> [time] [reason...]"] = "mute <谁> [时长] [原因...]",
  ["unmute <who>"] = "unmute <谁>",
  ["kick <who> [reason...]"] = "kick <谁> [原因...]",
  ["warns [who]"] = "warns [谁]",
}
