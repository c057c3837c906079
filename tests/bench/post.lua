-- For wrk: a POST of the body in $BODY, or a GET without one.
local body = os.getenv("BODY")
if body then
  wrk.method, wrk.body = "POST", body
  wrk.headers["Content-Type"] = "application/json"
end
