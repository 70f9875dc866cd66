# Calls a SOAP source with zeep, a client nobody here wrote: reads its WSDL and submits.
# soap_call.py WSDL KEY PORT-NAME FIELD=VALUE...   prints what comes back, or the fault, as JSON.
import json
import sys

import requests
import zeep
from zeep.exceptions import Fault
from zeep.transports import Transport

wsdl, key, port = sys.argv[1:4]
session = requests.Session()
wsse = None
if key.startswith("wsse:"):
    from zeep.wsse.username import UsernameToken
    _, user, password = key.split(":", 2)
    wsse = UsernameToken(user, password, use_digest=True)
elif key:
    session.headers["Authorization"] = "Bearer " + key
client = zeep.Client(wsdl, transport=Transport(session=session), wsse=wsse)
service = client.bind("Petitions", port)
fields = dict(pair.split("=", 1) for pair in sys.argv[4:])
try:
    answer = service.Submit(**fields)
    print(json.dumps({"answer": zeep.helpers.serialize_object(answer, dict)}, ensure_ascii=False))
except Fault as fault:
    print(json.dumps({"fault": fault.message, "code": str(fault.code)}, ensure_ascii=False))
