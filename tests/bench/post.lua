-- For wrk: a POST of the body in $BODY, or a GET of each of the $PATHS in turn.
local body, paths, turn = os.getenv("BODY"), {}, 0
for path in (os.getenv("PATHS") or ""):gmatch("%S+") do
  paths[#paths + 1] = path
end
if body then
  wrk.method, wrk.body = "POST", body
  wrk.headers["Content-Type"] = "application/json"
end
if #paths > 1 then
  function request()
    turn = turn % #paths + 1
    return wrk.format(nil, paths[turn])
  end
end
