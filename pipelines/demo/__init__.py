"""The demo district: the real register of Weibin with invented people, and eight platforms' invented daily exports."""
