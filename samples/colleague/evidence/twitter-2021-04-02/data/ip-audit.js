window.YTD.ip_audit.part0 = [
  {
    "ipAudit": {
      "accountId": "1000000002",
      "createdAt": "2021-03-10T06:55:02.311Z",
      "loginIp": "192.0.2.90",
      "loginPortNumber": "51200"
    }
  },
  {
    "ipAudit": {
      "accountId": "1000000002",
      "createdAt": "2021-03-09T22:47:33.902Z",
      "loginIp": "203.0.113.45",
      "loginPortNumber": "40911"
    }
  },
  {
    "ipAudit": {
      "accountId": "1000000002",
      "createdAt": "2021-02-21T10:15:48.120Z",
      "loginIp": "198.51.100.70",
      "loginPortNumber": "28044"
    }
  },
  {
    "ipAudit": {
      "accountId": "1000000002",
      "createdAt": "2021-01-30T18:02:11.745Z",
      "loginIp": "192.0.2.90",
      "loginPortNumber": "50544"
    }
  }
]