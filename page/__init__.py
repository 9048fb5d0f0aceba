"""The page in a browser. It uses hum2guitar, which never imports it.

layout : the widgets. view : the sounds and pictures. events : which widget calls which callback. callbacks : what
happens then. texts : what is read. serve : the server. turns, jobs, listeners : when a conversion runs, and for whom.
folder : temporary files. health.
"""
