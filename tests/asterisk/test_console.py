"""What Asterisk's console shows, read as values; the texts are a real one's, shortened."""

from ari_app.asterisk import console

USER = """
          username: garbo
            secret: <Set>
               ACL: yes
         read perm: system,call
        write perm: call,command,reporting,originate
         Variables:
"""
MANAGER = """
Global Settings:
----------------
  Manager (AMI):             Yes
  TCP Bindaddress:           127.0.0.1:23445
  Channel vars:              GARBO_PERMIT
  Disabled events:
"""
HTTP = """HTTP Server Status:
Prefix:
Server: Asterisk/22.10.1
Server Enabled and Bound to 127.0.0.1:23444

Enabled URI's:
/ari/... => Asterisk RESTful API
"""
ENDPOINT = """
 Endpoint:  trunk                                                Not in use    0 of inf
      Contact:  trunk/sip:127.0.0.2:23446                  46cf27f5bb NonQual        -nan

 ParameterName                      : ParameterValue
 ===================================================================================================
 context                            : from-trunk
 from_domain                        :
 from_user                          : 0212345
"""
SESSIONS = """Connection ID                         Type            RemoteAddr                       State Apps
------------------------------------- --------------- -------------------------------- ----- ----------------
ad7f1c33-6742-43a3-b439-5162e64662a7  inbound         127.0.0.1:44156                  Up    garbo-a,other
"""
CONNECTED = """  Username         IP Address                       Start       Elapsed     FileDes   HttpCnt
  garbo            127.0.0.1                        1795541688  2           4         0
  garbo            127.0.0.1                        1795541690  0           10        0
  a-long-name-of-  127.0.0.1                        1795541690  0           11        0
3 users connected.
"""
UNKNOWN = "No such command 'ari show websocket sessions' (type 'core show help ari' for other possible commands)"


def test_rights_of_a_user() -> None:
    """Read and write classes; a user that there is not has none to tell."""
    held = console.rights(USER)
    assert held is not None
    assert [sorted(each) for each in held] == [["call", "system"], ["call", "command", "originate", "reporting"]]
    assert console.rights("There is no such user: 'garbo'") is None


def test_settings_of_the_manager() -> None:
    """Where it listens, and what each event carries."""
    assert console.manager_address(MANAGER) == "127.0.0.1:23445"
    assert console.channel_variables(MANAGER) == frozenset({"GARBO_PERMIT"})
    assert console.channel_variables(MANAGER.replace("GARBO_PERMIT", "")) == frozenset()
    assert console.channel_variables("") is None


def test_the_http_server() -> None:
    """Where it listens unencrypted, or nowhere."""
    assert console.http_address(HTTP) == "127.0.0.1:23444"
    assert console.http_address("HTTP Server Status:\nServer Disabled\n") == ""


def test_an_endpoint() -> None:
    """Its settings; None where there is none."""
    held = console.endpoint(ENDPOINT)
    assert held is not None
    assert (held["context"], held["from_user"], held["from_domain"]) == ("from-trunk", "0212345", "")
    assert console.endpoint("Unable to find object nobody.") is None


def test_applications_that_are_connected() -> None:
    """Those with a websocket; a release without the command does not tell."""
    assert console.connected_applications(SESSIONS) == frozenset({"garbo-a", "other"})
    assert console.connected_applications(UNKNOWN) is None


def test_where_the_files_are() -> None:
    """As Asterisk says."""
    assert console.configuration_folder("  Configuration directory:     /etc/asterisk\n") == "/etc/asterisk"
    assert console.configuration_folder("") == ""


def test_who_is_logged_in_is_counted() -> None:
    """Names are cut off after fifteen characters; a console that shows something else tells nothing."""
    assert console.sessions_of("garbo", CONNECTED) == 2
    assert console.sessions_of("a-long-name-of-somebody", CONNECTED) == 1
    assert console.sessions_of("nobody", CONNECTED) == 0
    assert console.sessions_of("garbo", "No such command") is None
