"""The page in the browser, served by a process of its own.

    player <--front_messages--> page_process --> Hub <--> Visitor, one a page <--websocket--> static/
                                    |             ^
                                    '--> Painter -'   strips, maps and facts, decoded here

PROTOCOL.md describes the messages between the page and this process.
"""
