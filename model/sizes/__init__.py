"""What makes finite instances of one shape: systems for every size, smaller ones, and which
scenarios come to the same.
"""
