window.YTD.ip_audit.part0 = [
  {
    "ipAudit": {
      "accountId": "1000000003",
      "createdAt": "2020-05-25T10:31:44.207Z",
      "loginIp": "240.10.230.77",
      "loginPortNumber": "38112"
    }
  },
  {
    "ipAudit": {
      "accountId": "1000000003",
      "createdAt": "2020-05-18T10:02:19.630Z",
      "loginIp": "203.0.113.200",
      "loginPortNumber": "52307"
    }
  },
  {
    "ipAudit": {
      "accountId": "1000000003",
      "createdAt": "2020-05-06T17:55:08.014Z",
      "loginIp": "192.0.2.61",
      "loginPortNumber": "49844"
    }
  },
  {
    "ipAudit": {
      "accountId": "1000000003",
      "createdAt": "2020-04-11T18:20:51.990Z",
      "loginIp": "192.0.2.61",
      "loginPortNumber": "50211"
    }
  },
  {
    "ipAudit": {
      "accountId": "1000000003",
      "createdAt": "2020-03-19T16:44:37.128Z",
      "loginIp": "192.0.2.61",
      "loginPortNumber": "51907"
    }
  }
]