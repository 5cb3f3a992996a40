"""Starts ministack, the emulator of AWS, with two additions: it accepts alarms with metric math, and composite alarms.

ministack rejects both in templates, although CloudFormation accepts them. Here an alarm with metric math is stored with
the metric of its first query; it is listed and deleted like any other, and nothing evaluates it. A composite alarm is
passed to the API of ministack, which checks its rule and that the alarms in it exist.
"""

import sys

from ministack.app import main
from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners

record_of_metric_alarm = provisioners._cw_metric_alarm_record


def record_of_alarm(name, props):
    queries = [query["MetricStat"]["Metric"] for query in props.get("Metrics", []) if "MetricStat" in query]
    if queries:
        props = {**{key: value for key, value in props.items() if key != "Metrics"}, **queries[0]}
    return record_of_metric_alarm(name, props)


provisioners._cw_metric_alarm_record = record_of_alarm


def call(action, request):
    status, _headers, body = action({}, request, False, is_json=True)
    if status != 200:
        raise ValueError(body)


def create_composite_alarm(_logical_id, props, _stack_name):
    call(cloudwatch._put_composite_alarm, props)
    return props["AlarmName"], {}


def delete_composite_alarm(physical_id, _props):
    call(cloudwatch._delete_alarms, {"AlarmNames": [physical_id]})


provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::CompositeAlarm"] = {
    "create": create_composite_alarm,
    "delete": delete_composite_alarm,
}

if __name__ == "__main__":
    sys.exit(main())
