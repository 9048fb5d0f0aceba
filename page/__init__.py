"""The page in a browser. It uses hum2guitar, which never imports it.

layout : the widgets. view : the sounds and pictures. events : which widget calls what. showing : a take as the page
shows it, takes : what is kept of it, arrival : what is shown before the first, exports : files to take away.
callbacks : what programs call.
texts : what is read, language : in which language. head : the scripts, such as that of the recorder.
theme : colours and fonts. settings : what the browser remembers. api, lab, lab_api : the endpoints.
serve : the server, __main__ : its program, stubs : how it imports Gradio. folder : temporary files. health.
turns, jobs, listeners, visits : when work runs, and for whom. warm_up : what is done once before the first conversion.
"""
