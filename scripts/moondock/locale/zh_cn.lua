--- What the library itself says to people, in Chinese.
return {
  ["Missing: {name}. Usage: {usage}"] = "缺少：{name}。用法：{usage}",
  ["Too much: {value}. Usage: {usage}"] = "多余的内容：{value}。用法：{usage}",
  ["Usage: {usage}"] = "用法：{usage}",
  ["{value} is not a whole number."] = "{value} 不是整数。",
  ["{value} is not a number."] = "{value} 不是数字。",
  ["{value} is not a duration, like 30s, 10m, 3h or 1d12h."] =
    "{value} 不是时长，例如 30s、10m、3h 或 1d12h。",
  ["{value} is not a date, like 05-01 or 2026-05-01."] = "{value} 不是日期，例如 05-01 或 2026-05-01。",
  ["{value} is neither on nor off."] = "{value} 既不是 on 也不是 off。",
  ["{value} is not one of: {choices}."] = "{value} 不在可选项中：{choices}。",
  ["{value} is not a user."] = "{value} 不是用户。",
  ["Please answer with one of: {choices}"] = "请回答其中一项：{choices}",
  ["That does not fit. Please try again."] = "这个回答不行，请再试一次。",
  ["You may not do that here."] = "你在这里没有权限。",
  ["This works in groups only."] = "这个只能在群里用。",
  ["This works in private chats only."] = "这个只能在私聊里用。",
  ["Please wait a little before doing that again."] = "请稍等片刻再试。",
}
