return {
  ["Welcome, {user}!"] = "欢迎，{user}！",
}
