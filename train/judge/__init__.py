"""The judge: is this a guitar?"""
