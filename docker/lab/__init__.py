"""A telephone exchange to try things on: a real Asterisk, SIPp as the operators' phones and as the trunk's far side."""
