{{ current_rows('co_building', 'joint_meeting') }}
