window.YTD.ip_audit.part0 = [ {
  "ipAudit" : {
    "accountId" : "1000000001",
    "createdAt" : "2019-05-30T10:00:00.000Z",
    "loginIp" : "198.51.100.7"
  }
}, {
  "ipAudit" : {
    "accountId" : "1000000001",
    "createdAt" : "2019-05-29T10:00:00.000Z",
    "log